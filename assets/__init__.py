"""The Dagster layer: thin. An asset takes configuration and resources, calls one function of pipeline, and shows the result."""
