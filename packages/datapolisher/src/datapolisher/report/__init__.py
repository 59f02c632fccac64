"""What polishing did, for people and machines: one Struct feeds every renderer."""
