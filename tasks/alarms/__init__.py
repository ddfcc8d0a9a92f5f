"""What is wrong, told to operations: once when it comes up, daily while it lasts, and when it is over."""
