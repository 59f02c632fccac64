"""The report: one set of Structs (``model``) that feeds every renderer."""
