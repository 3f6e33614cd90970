"""How good a network is: per-patient figures, tables, plots and comparisons."""
