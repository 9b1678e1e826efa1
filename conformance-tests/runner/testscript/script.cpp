// SPDX-License-Identifier: Apache-2.0
#include "runner/testscript/script.h"

#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/codec/xml.h"
#include "fhir/primitive.h"
#include "runner/testscript/version.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

namespace runner::testscript {

namespace {

using base::Fault;
using fhir::View;

Fault wrong(std::string where, std::string text) {
    return {Fault::Kind::invalid, "TestScript." + where + ": " + std::move(text), std::move(where)};
}

std::string text(View at, std::string_view name) { return std::string(at.child(name).text()); }

bool flag(View at, std::string_view name, bool otherwise) {
    const View child = at.child(name);
    return child.has_value() ? child.text() == "true" : otherwise;
}

std::optional<std::string> maybe(View at, std::string_view name) {
    const View child = at.child(name);
    return child.has_value() ? std::optional(std::string(child.text())) : std::nullopt;
}

std::optional<int> index(View at, std::string_view name) {
    const auto number = base::to_integer(at.child(name).text());
    return number && *number >= 0 && *number < 10'000 ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

template <class Each>
void each(View at, std::string_view name, Each what) {
    for (const View child : at.children())
        if (child.name_text() == name) what(child);
}

bool well_formed(std::string_view text, fhir::schema::Format format) {
    using fhir::schema::Format;
    switch (format) {
        case Format::boolean: return fhir::primitive::is_boolean(text);
        case Format::integer: return fhir::primitive::is_integer(text);
        case Format::unsigned_int: return fhir::primitive::is_unsigned_int(text);
        case Format::positive_int: return fhir::primitive::is_positive_int(text);
        default: return true;
    }
}

// A slip of the pen in a code or a number must not make an assert that always holds. Methods may be in capitals, as HTTP has them.
base::Result<void> good_value(View at, const fhir::schema::Element& row, const std::string& where, const fhir::schema::Schema& schema) {
    if (!at.has_value() || at.text().find("${") != std::string_view::npos) return {};
    if (!well_formed(at.text(), schema.type(row.type).format))
        return Fault{Fault::Kind::invalid, fmt::format("{}: {} is no {}", where, at.text(), schema.type_name(row.type)), where};
    // A type that there is none of may be asked for, to see it refused.
    if (row.value_set == 0 || !schema.value_set(row.value_set).complete || where.ends_with(".operation.resource")) return {};
    if (schema.contains(row.value_set, at.text()) || schema.contains(row.value_set, base::lower(at.text()))) return {};
    return Fault{Fault::Kind::invalid, fmt::format("{}: there is no code {} in {}", where, at.text(), schema.value_set(row.value_set).url), where};
}

// Elements that R4 does not know would be passed over in silence, and with them what they ask.
base::Result<void> known_elements(View at, fhir::schema::TypeId type, const std::string& path, const fhir::schema::Schema& schema) {
    std::map<fhir::Name, int> seen;
    for (const View child : at.children()) {
        const auto name = child.name_text();
        const fhir::schema::Element* row = schema.element(type, child.name());
        const int number = seen[child.name()]++;
        const std::string where = fmt::format("{}.{}{}", path, name, row != nullptr && row->repeats() ? fmt::format("[{}]", number) : "");
        // Of an action it makes that action a limit; anywhere else nobody knows what it changes.
        const auto holder = at.name_text();
        if (name == "modifierExtension" && holder != "action" && holder != "operation" && holder != "assert")
            return Fault{Fault::Kind::unsupported, where + " changes what this means, and this program does not know how", where};
        if (row == nullptr) {
            if (name == "stopTestOnFail" && at.name_text() == "assert") continue;  // of R5, and harmless here
            return Fault{Fault::Kind::invalid, where + " is no element of R4", where};
        }
        if (child.kind() != fhir::Kind::complex) {
            if (schema.type(row->type).kind != fhir::schema::TypeKind::primitive) return Fault{Fault::Kind::invalid, where + " must be an object", where};
            TRY(good_value(child, *row, where, schema));
            if (name == "implicitRules") return Fault{Fault::Kind::unsupported, where + ": rules that this program does not know", where};
        } else if (schema.type(row->type).kind == fhir::schema::TypeKind::primitive) {
            return Fault{Fault::Kind::invalid, where + " must be a plain value", where};
        } else if (schema.type(row->type).kind == fhir::schema::TypeKind::backbone) {
            TRY(known_elements(child, row->type, where, schema));
        }
    }
    return {};
}

// "json", "application/fhir+json", a list of them; only codes without a slash can be told to be wrong.
bool is_media_type(std::string_view text) {
    if (text.find("${") != std::string_view::npos) return true;
    for (const std::string_view part : base::split(text, ',')) {
        const std::string_view one = base::trim(part);
        if (one != "json" && one != "xml" && one != "ttl" && one != "none" && one.find('/') == std::string_view::npos) return false;
    }
    return true;
}

base::Result<Operation> operation(View at, const std::string& where) {
    Operation made{
        .type = text(at.child("type"), "code"),
        .resource = text(at, "resource"),
        .label = text(at, "label"),
        .description = text(at, "description"),
        .accept = text(at, "accept"),
        .content_type = text(at, "contentType"),
        .method = base::upper(text(at, "method")),
        .destination = index(at, "destination"),
        .origin = index(at, "origin"),
        .params = maybe(at, "params"),
        .url = maybe(at, "url"),
        .request_id = text(at, "requestId"),
        .response_id = text(at, "responseId"),
        .source_id = text(at, "sourceId"),
        .target_id = text(at, "targetId"),
        .encode = flag(at, "encodeRequestUrl", true),
    };
    each(at, "requestHeader", [&](View header) { made.fields.push_back({text(header, "field"), text(header, "value")}); });
    for (const std::string* type : {&made.accept, &made.content_type})
        if (!type->empty() && !is_media_type(*type)) return wrong(where, *type + " is no media type");
    if (made.type.empty() && made.method.empty()) return wrong(where, "says neither which type of operation it is nor its method");
    for (const Field& field : made.fields)
        if (field.name.empty() || field.name.find_first_of(":\r\n ") != std::string::npos) return wrong(where, "has a requestHeader without a proper field name");
    return made;
}

struct SubjectName {
    const char* element;
    Assert::Subject subject;
};
constexpr SubjectName subjects[] = {
    {"contentType", Assert::Subject::content_type}, {"expression", Assert::Subject::expression},
    {"headerField", Assert::Subject::header},       {"minimumId", Assert::Subject::minimum},
    {"navigationLinks", Assert::Subject::links},    {"path", Assert::Subject::path},
    {"requestMethod", Assert::Subject::request_method}, {"requestURL", Assert::Subject::request_url},
    {"resource", Assert::Subject::resource},        {"response", Assert::Subject::response},
    {"responseCode", Assert::Subject::code},        {"validateProfileId", Assert::Subject::profile},
};

constexpr std::array relations = {"equals", "notEquals", "in", "notIn", "greaterThan", "lessThan", "empty", "notEmpty", "contains", "notContains", "eval"};

// What no schema knows: codes of a status are numbers, several of them only where a list is meant.
base::Result<void> asked_value(const Assert& made, const std::string& where) {
    if (made.subject == Assert::Subject::content_type && !is_media_type(made.asked)) return wrong(where, made.asked + " is no media type");
    if (made.subject != Assert::Subject::code || made.asked.find("${") != std::string::npos) return {};
    const auto parts = base::split(made.asked, ',');
    const bool by_place = made.relation == "contains" || made.relation == "notContains";
    for (const std::string_view part : parts) {
        const auto number = base::to_integer(base::trim(part));
        if (!number || (!by_place && (*number < 0 || *number > 999))) return wrong(where, fmt::format("{} is no response code", made.asked));
    }
    if (parts.size() > 1 && made.relation != "in" && made.relation != "notIn") return wrong(where, "several response codes need the operator in or notIn");
    return {};
}

base::Result<Assert> assertion(View at, const std::string& where) {
    Assert made{
        .label = text(at, "label"),
        .description = text(at, "description"),
        .of_request = text(at, "direction") == "request",
        .compare_id = text(at, "compareToSourceId"),
        .compare_expression = text(at, "compareToSourceExpression"),
        .compare_path = text(at, "compareToSourcePath"),
        .relation = text(at, "operator"),
        .source_id = text(at, "sourceId"),
        .value = maybe(at, "value"),
        .warning_only = flag(at, "warningOnly", false),
        .stop = flag(at, "stopTestOnFail", true),
    };
    for (const SubjectName& one : subjects) {
        if (!at.child(one.element).has_value()) continue;
        // tst-5, tst-6: one thing an assert.
        if (made.subject != Assert::Subject::none) return wrong(where, std::string("asserts more than one thing; ") + one.element + " is one too many");
        made.subject = one.subject;
        made.asked = text(at, one.element);
    }
    // tst-12, tst-13
    if (made.of_request && (made.subject == Assert::Subject::response || made.subject == Assert::Subject::code))
        return wrong(where, "a request has no response code");
    TRY(asked_value(made, where));
    // tst-10, tst-11
    if (made.compare_id.empty() != (made.compare_expression.empty() && made.compare_path.empty()))
        return wrong(where, "compareToSourceId and compareToSourceExpression (or compareToSourcePath) go together");
    if (!made.compare_expression.empty() && !made.compare_path.empty())
        return wrong(where, "compareToSourceExpression and compareToSourcePath exclude each other");
    if (!made.relation.empty() && std::find(relations.begin(), relations.end(), made.relation) == relations.end())
        return wrong(where, "there is no operator " + made.relation);
    return made;
}

std::string limit_of(View action, View what) {
    for (const View at : {action, what})
        if (at.child("modifierExtension")) return "a modifierExtension changes what this means, and this program does not know how";
    return {};
}

base::Result<Action> action(View at, std::string where, bool asserts) {
    const View doing = at.child("operation"), judging = at.child("assert");
    Action made{.where = where};
    // tst-1, tst-2
    if (static_cast<bool>(doing) == static_cast<bool>(judging)) return wrong(where, "holds either an operation or an assert");
    made.limit = limit_of(at, doing ? doing : judging);
    if (doing) {
        TRY(made.what, operation(doing, where + ".operation"));
        return made;
    }
    if (!asserts) return wrong(where, "asserts have no place in teardown");
    TRY(Assert judged, assertion(judging, where + ".assert"));
    if (judged.subject == Assert::Subject::none && judged.compare_id.empty()) {
        if (!judging.child("extension")) return wrong(where + ".assert", "asserts nothing");
        made.limit = "asserts only what an extension says, and this program does not know it";
    }
    made.what = std::move(judged);
    return made;
}

base::Result<Block> block(View at, const std::string& where, bool asserts = true) {
    Block made{.id = text(at, "id"), .name = text(at, "name"), .description = text(at, "description")};
    for (const View child : at.children()) {
        if (child.name_text() != "action") continue;
        TRY(made.actions.emplace_back(), action(child, fmt::format("{}.action[{}]", where, made.actions.size()), asserts));
    }
    return made;
}

base::Result<void> variables(View root, Script& script) {
    for (const View at : root.children()) {
        if (at.name_text() != "variable") continue;
        const std::string where = fmt::format("variable[{}]", script.variables.size());
        Variable made{.name = text(at, "name"), .preset = maybe(at, "defaultValue"), .expression = text(at, "expression"), .header = text(at, "headerField"),
                      .path = text(at, "path"), .source = text(at, "sourceId"), .hint = text(at, "hint")};
        if (made.name.empty()) return wrong(where, "has no name");
        if (script.variable(made.name) != nullptr) return wrong(where, "there are two variables " + made.name);
        const int ways = !made.expression.empty() + !made.header.empty() + !made.path.empty();  // tst-3
        if (ways > 1) return wrong(where, "expression, headerField and path exclude each other");
        script.variables.push_back(std::move(made));
    }
    return {};
}

base::Result<void> sources(View root, Script& script) {
    for (const View at : root.children()) {
        if (at.name_text() != "fixture") continue;
        const std::string where = fmt::format("fixture[{}]", script.fixtures.size());
        Fixture made{.id = text(at, "id"), .reference = text(at.child("resource"), "reference"), .autocreate = flag(at, "autocreate", false), .autodelete = flag(at, "autodelete", false)};
        if (made.id.empty()) return wrong(where, "has no id, so nothing can name it");
        if (script.fixture(made.id) != nullptr) return wrong(where, "there are two fixtures " + made.id);
        script.fixtures.push_back(std::move(made));
    }
    each(root, "profile", [&](View at) { script.profiles.push_back({text(at, "id"), text(at, "reference")}); });
    for (const Profile& profile : script.profiles)
        if (profile.id.empty()) return wrong("profile", "has no id, so nothing can name it");
    return {};
}

base::Result<Script> script_of(View root, const std::string& folder) {
    Script script{.id = text(root, "id"), .url = text(root, "url"), .version = text(root, "version"), .name = text(root, "name"), .title = text(root, "title"),
                  .description = text(root, "description"), .folder = folder};
    each(root, "origin", [&](View at) { script.origins.push_back(index(at, "index").value_or(0)); });
    each(root, "destination", [&](View at) { script.destinations.push_back(index(at, "index").value_or(0)); });
    each(root.child("metadata"), "capability", [&](View at) {
        script.capabilities.push_back({flag(at, "required", false), flag(at, "validated", false), text(at, "description"), index(at, "destination"), text(at, "capabilities")});
    });
    TRY(sources(root, script));
    TRY(variables(root, script));
    TRY(script.setup, block(root.child("setup"), "setup"));
    for (const View at : root.children()) {
        if (at.name_text() != "test") continue;
        TRY(script.tests.emplace_back(), block(at, fmt::format("test[{}]", script.tests.size())));
    }
    TRY(script.teardown, block(root.child("teardown"), "teardown", false));
    return script;
}

// R5's stopTestOnFail is of use also to a script of R4; the reader of XML, which goes by R4's definitions, does not let it pass.
// Takes them out of the text and returns what they said, in order of the asserts.
std::vector<bool> take_stops(std::string& xml, const fhir::Names& names) {
    std::vector<bool> stops;
    if (xml.find("<stopTestOnFail") == std::string::npos) return stops;
    const auto plain = fhir::codec::read_plain_xml(xml, names);
    if (!plain) return stops;
    const auto collect = [&](View block) {
        each(block, "action", [&](View at) { each(at, "assert", [&](View one) { stops.push_back(flag(one, "stopTestOnFail", true)); }); });
    };
    collect(plain->root().child("setup"));
    each(plain->root(), "test", collect);
    for (std::size_t begin = xml.find("<stopTestOnFail"); begin != std::string::npos; begin = xml.find("<stopTestOnFail", begin)) {
        // "<stopTestOnFail .../>", or with an end tag of its own.
        const std::size_t close = xml.find('>', begin);
        if (close == std::string::npos) break;
        std::size_t end = close + 1;
        if (xml[close - 1] != '/') {
            const std::size_t tag = xml.find("</stopTestOnFail", close);
            end = tag == std::string::npos ? tag : xml.find('>', tag);
            if (end == std::string::npos) break;
            ++end;
        }
        xml.erase(begin, end - begin);
    }
    return stops;
}

void give_stops(Block& block, const std::vector<bool>& stops, std::size_t& next) {
    for (Action& one : block.actions)
        if (auto* judged = std::get_if<Assert>(&one.what); judged != nullptr && next < stops.size()) judged->stop = stops[next++];
}

template <class List, class Key>
auto find_in(const List& list, std::string_view wanted, Key key) -> decltype(list.data()) {
    for (const auto& one : list)
        if (one.*key == wanted) return &one;
    return nullptr;
}

}  // namespace

const Variable* Script::variable(std::string_view wanted) const { return find_in(variables, wanted, &Variable::name); }
const Fixture* Script::fixture(std::string_view wanted) const { return find_in(fixtures, wanted, &Fixture::id); }
const Profile* Script::profile(std::string_view wanted) const { return find_in(profiles, wanted, &Profile::id); }

bool is_script(std::string_view bytes) {
    const std::size_t first = bytes.find_first_not_of("\xEF\xBB\xBF \t\r\n");
    if (first == std::string_view::npos) return false;
    if (bytes[first] == '<') {
        // The first tag that is neither a declaration nor a comment.
        for (std::size_t at = first; at != std::string_view::npos; at = bytes.find('<', at + 1)) {
            const std::string_view tag = bytes.substr(at);
            if (tag.starts_with("<!--")) at = std::min(bytes.find("-->", at), bytes.size() - 1);
            else if (!tag.starts_with("<?") && !tag.starts_with("<!")) return tag.starts_with("<TestScript") || tag.substr(0, 64).find(":TestScript") != std::string_view::npos;
        }
        return false;
    }
    // Anywhere near "resourceType", which need not stand first.
    for (std::size_t at = bytes.find("\"resourceType\""); at != std::string_view::npos; at = bytes.find("\"resourceType\"", at + 1)) {
        const std::size_t quote = bytes.find('"', at + 14);
        if (quote != std::string_view::npos && bytes.substr(quote).starts_with("\"TestScript\"")) return true;
    }
    return false;
}

base::Result<Script> read(std::string_view bytes, const std::string& folder, const Knowledge& knowledge) {
    const auto& schema = knowledge.schema();
    std::string text_of(bytes);
    const std::size_t first = bytes.find_first_not_of("\xEF\xBB\xBF \t\r\n");
    const bool xml = first != std::string_view::npos && bytes[first] == '<';
    const std::vector<bool> stops = xml ? take_stops(text_of, schema.names()) : std::vector<bool>{};

    auto document = knowledge.read(text_of);
    if (!document && xml) {
        const auto plain = fhir::codec::read_plain_xml(text_of, schema.names());
        if (const std::string other = plain ? other_version(plain->root()) : ""; !other.empty()) return Fault{Fault::Kind::unsupported, other};
    }
    if (!document) return std::move(document).fault();
    const View root = document->root();
    const auto type = schema.find_type("TestScript");
    if (root.resource_type() != schema.type_name(type))
        return Fault{Fault::Kind::invalid, fmt::format("this is a {}, not a TestScript", root.resource_type().empty() ? "thing without a type" : root.resource_type())};
    if (const std::string other = other_version(root); !other.empty()) return Fault{Fault::Kind::unsupported, other};
    TRY(known_elements(root, type, "TestScript", schema));
    TRY(Script script, script_of(root, folder));
    std::size_t next = 0;
    give_stops(script.setup, stops, next);
    for (Block& test : script.tests) give_stops(test, stops, next);
    script.document = std::make_shared<const fhir::Document>(*std::move(document));
    return script;
}

}  // namespace runner::testscript
