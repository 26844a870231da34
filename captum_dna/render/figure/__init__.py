"""Results as figures for papers."""
