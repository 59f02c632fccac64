"""Where customers come from, and what that costs."""
