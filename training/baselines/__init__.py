"""What a model has to beat, written anew from the papers."""
