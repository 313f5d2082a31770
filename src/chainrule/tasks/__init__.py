"""What models are trained for: each task brings data, model, loss and score together."""
