"""datagen: one command line over datagen-core, datacruncher and datapolisher."""
