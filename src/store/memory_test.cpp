// SPDX-License-Identifier: Apache-2.0
#include "store/memory.h"

#include "store/forget_contract.h"
#include "store/outbox_contract.h"
#include "store/repository_contract.h"

namespace {

struct InMemory {
    base::FixedClock clock{1'700'000'000'123'456};
    store::Memory engine{clock};
    store::Repository& repository() { return engine; }
    store::durable::Journal& journal() { return engine.journal(); }
    store::durable::Records& records() { return engine.records(); }
    store::durable::Outbox& outbox() { return engine.outbox(); }
    store::Ledger& ledger() { return engine.ledger(); }
};

}  // namespace

namespace store::contract {

TEST_SUITE("store/memory") {
    TEST_CASE_TEMPLATE_INVOKE(contract_versions, InMemory);
    TEST_CASE_TEMPLATE_INVOKE(contract_history, InMemory);
    TEST_CASE_TEMPLATE_INVOKE(contract_work, InMemory);
    TEST_CASE_TEMPLATE_INVOKE(contract_threads, InMemory);
    TEST_CASE_TEMPLATE_INVOKE(contract_search, InMemory);
    TEST_CASE_TEMPLATE_INVOKE(contract_links, InMemory);
    TEST_CASE_TEMPLATE_INVOKE(contract_moments, InMemory);
    TEST_CASE_TEMPLATE_INVOKE(contract_durable, InMemory);
    TEST_CASE_TEMPLATE_INVOKE(contract_forget, InMemory);
    TEST_CASE_TEMPLATE_INVOKE(contract_outbox, InMemory);
}

}  // namespace store::contract
