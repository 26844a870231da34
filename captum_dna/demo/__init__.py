"""The bundled checkpoint and the demo sequences."""
