"""Path 2's engine room: one program of steps, rendered as DuckDB SQL and as Polars, applied and accounted for."""
