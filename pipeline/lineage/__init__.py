"""What a model learned from: model store, manifests, trace."""
