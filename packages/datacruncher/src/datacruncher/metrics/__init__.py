"""Numbers that an analyst reports: one file per question, found by the registry as checks are."""
