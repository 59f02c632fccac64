"""Files: what cannot be read, is not all there, or does not look like its neighbours."""
