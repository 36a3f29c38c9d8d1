"""What linbench itself costs, and its own kernels: `make microbench`."""
