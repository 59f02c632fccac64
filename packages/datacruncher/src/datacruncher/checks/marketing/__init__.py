"""What brought customers, and what it cost."""
