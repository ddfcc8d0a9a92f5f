"""The pure timeline: from the events of a case and its regulation to every deadline, step and penalty."""
