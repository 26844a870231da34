"""From sequences to results: validation, windows, strands, devices and shards."""
