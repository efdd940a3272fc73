"""The main job: from printed numbers or patient rows to a sized trial and its report."""
