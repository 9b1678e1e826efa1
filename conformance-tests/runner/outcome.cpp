// SPDX-License-Identifier: Apache-2.0
#include "runner/outcome.h"

#include <algorithm>

namespace runner {

const char* word(Verdict verdict) {
    switch (verdict) {
        case Verdict::pass: return "pass";
        case Verdict::warning: return "warning";
        case Verdict::skip: return "skip";
        case Verdict::limit: return "limit";
        case Verdict::fail: return "fail";
        case Verdict::error: return "error";
    }
    return "";
}

Verdict worse(Verdict a, Verdict b) {
    if (a == Verdict::skip && b <= Verdict::warning) return b;
    if (b == Verdict::skip && a <= Verdict::warning) return a;
    return std::max(a, b);
}

Verdict Test::verdict() const {
    Verdict worst = Verdict::skip;
    for (const Step& step : steps) worst = worse(worst, step.verdict);
    return cut_short && worst <= Verdict::warning ? Verdict::skip : worst;
}

Verdict Case::verdict() const {
    Verdict worst = Verdict::skip;
    for (const Test& test : tests) worst = worse(worst, test.verdict());
    if (!setup.steps.empty()) worst = worse(worst, setup.verdict());
    return worst;
}

Score score(const Case& one) {
    Score counted;
    for (const Test& test : one.tests) {
        switch (test.verdict()) {
            case Verdict::pass: ++counted.pass; break;
            case Verdict::warning: ++counted.warning; break;
            case Verdict::skip: ++counted.skip; break;
            case Verdict::limit: ++counted.limit; break;
            case Verdict::fail: ++counted.fail; break;
            case Verdict::error: ++counted.error; break;
        }
    }
    return counted;
}

Score& Score::operator+=(const Score& more) {
    pass += more.pass;
    warning += more.warning;
    skip += more.skip;
    limit += more.limit;
    fail += more.fail;
    error += more.error;
    return *this;
}

Score score(const Run& run) {
    Score sum;
    for (const Case& one : run.cases) sum += score(one);
    return sum;
}

}  // namespace runner
