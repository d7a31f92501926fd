// Package summons plans mass summonses: a list of citizens is read and checked line by line, and spread over case workers and
// times. It is pure; planner/summonsdb keeps the batches and carries them out.
//
// # The list
//
// Read takes what an employee pastes or what Danish Excel saves: lines of CPR number and, if wished, a case worker, with
// semicolons, tabulators or commas between, in UTF-8, UTF-16 or Windows-1252, with or without a heading. Other columns (names,
// often) are not kept. A number of nine digits is not mended by putting the zero that Excel drops before it: a number that
// lost its last digit would become somebody else's.
//
// # The plan
//
// Plan gives each citizen a time and a case worker, or says why not. What is free is what planner.Search says, asked anew for every
// choice with all that the plan has given away so far, so that no rule on time is written a second time here.
//
//   - Citizens who wish a case worker get them or nobody, and are placed first; of the others, those with most meetings of
//     their own first; then by line. So those who can be placed in fewest ways choose first.
//   - Who wishes nobody is given to the case worker with fewest of the plan's meetings, so that numbers differ by at most one
//     as long as all have free times left; among equals to the one with fewest meetings in the interval, then by identifier.
//   - Of that case worker's times: the earliest, or, spread over days, on the day with fewest of their meetings of the
//     plan, then with fewest of everybody's, then the earliest.
//   - Seats in group meetings that have begun are filled first.
//
// The plan depends on its arguments alone.
package summons
