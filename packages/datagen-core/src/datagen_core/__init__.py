"""datagen-core."""
