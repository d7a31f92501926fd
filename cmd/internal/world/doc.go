// Package world makes a fictional municipality with its surroundings on one machine: people, meetings,
// citizens, a Microsoft 365 tenant that is graphsim, certificates like those of OCES3. The demo, the
// end-to-end tests and the benchmarks live in it.
//
// Nobody in it exists. Everything is made from fixed lists and ids, so that two runs tell the same story.
package world
