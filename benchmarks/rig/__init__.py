"""What the programs of this folder set up: a whole service in processes of its own, and what is around it."""
