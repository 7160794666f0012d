// Switchboard-pg runs the commands on queues in PostgreSQL, and sets them up.
package main

func main() { program.Main() }
