"""Distribution: values far from the others, and values that change."""
