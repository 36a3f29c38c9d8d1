"""The tests mirror harness/ and backends/."""
