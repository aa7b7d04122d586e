"""Making the notebooks that students receive."""
