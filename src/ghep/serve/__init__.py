"""A trained model over HTTP. In: requests with images or texts. Out: the predictions of ``ghep predict``, as JSON."""
