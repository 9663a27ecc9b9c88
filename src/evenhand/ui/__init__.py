"""The base page, the tokens and the components: what every page of Evenhand is made of."""
