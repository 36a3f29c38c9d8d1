"""One file per implementation of linear least squares; ``base`` holds the contract they share."""
