"""What a model learned from: trace."""
