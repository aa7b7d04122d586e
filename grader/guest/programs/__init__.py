"""Programs that run in a sandbox as separate processes, and a stand-in for the package `pip`."""
