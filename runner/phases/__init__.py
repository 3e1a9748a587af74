"""The seven phases of a run, one public function each."""
