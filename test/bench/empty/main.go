// Empty does nothing: it measures the least that a Go program with flags costs.
package main

import "flag"

func main() {
	flag.Bool("v", false, "say more")
	flag.Parse()
}
