"""Backpropagation, one function for each equation of the book."""
