// Package cluster has tests that use the commands on PostgreSQL clusters while machines of
// the cluster die, freeze, fill up and lose power.
package cluster
