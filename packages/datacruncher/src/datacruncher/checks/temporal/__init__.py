"""Time: what must come before what."""
