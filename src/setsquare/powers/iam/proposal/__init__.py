"""What a pull request of the Power says, and how its branch is called."""
