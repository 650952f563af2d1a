"""Outside systems, played by real servers on this machine: for the tests, the benchmarks and `make demo`."""
