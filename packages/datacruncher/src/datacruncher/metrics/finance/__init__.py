"""What comes in, what goes back, and whether it adds up."""
