"""What a sequence, a result and a choice are; plain values that need no model and no torch."""
