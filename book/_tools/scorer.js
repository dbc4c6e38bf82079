// How the search ranks what it finds: chapters first, then the pages of reference, and
// names of functions after what explains them. Sphinx reads this when it builds.
var Scorer = {
  objNameMatch: 7,
  objPartialMatch: 3,
  objPrio: { 0: 2, 1: 0, 2: -2 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
  score: ([page, , , , score]) => (/\/reference(_|$)/.test(page) ? score / 2 : score),
};
