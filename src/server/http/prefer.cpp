// SPDX-License-Identifier: Apache-2.0
#include "server/http/prefer.h"

#include "base/text.h"
#include "server/http/syntax.h"

namespace server::http {

Preferences read_preferences(std::string_view prefer) {
    using Return = interaction::Request::Return;
    Preferences found;
    bool handled = false;
    each_element(prefer, [&](std::string_view preference) {
        // FHIR's clients write several with semicolons between, where the RFC has parameters of one: both are understood.
        for (const std::string_view item : base::split(preference, ';')) {
            const auto [key, given] = base::cut(item, '=');
            const std::string_view name = trimmed(key);
            std::string_view value = trimmed(given);
            if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
            if (is_named(name, "respond-async")) found.respond_async = true;
            if (is_named(name, "return") && found.wanted == Return::unsaid) {
                if (is_named(value, "minimal")) found.wanted = Return::minimal;
                if (is_named(value, "representation")) found.wanted = Return::representation;
                if (is_named(value, "operationoutcome")) found.wanted = Return::outcome;
            }
            if (is_named(name, "handling") && !handled && (is_named(value, "lenient") || is_named(value, "strict"))) {
                found.lenient = is_named(value, "lenient");
                handled = true;
            }
        }
        return true;
    });
    return found;
}

}  // namespace server::http
