"""radiobiology."""
