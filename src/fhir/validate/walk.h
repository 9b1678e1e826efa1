// SPDX-License-Identifier: Apache-2.0
#pragma once

// One question to a Validator: a single walk over a well-shaped resource, carrying for every element the nodes of all
// definitions that speak about it (its row in the type's own definition, its datatype, profiles, slices, extensions).
//
// A node is checked once for an element, and so is an invariant that several of them repeat. Inside, the walk runs
// again over parts of the document to learn whether they would conform (slices told apart by profile, targets of
// references): then nothing is reported, and the first error ends it.
//
// Its functions stand in walk.cpp (the walk), slices.cpp, values.cpp, coded.cpp, references.cpp, extensions.cpp and
// invariants.cpp.

#include "fhir/path/services.h"
#include "fhir/validate/parts.h"

#include <deque>
#include <unordered_map>

namespace fhir::validate {

// A resource that is being walked, inside which other.
struct Holder {
    View resource{};
    schema::TypeId type = schema::no_type;
    const Holder* outer = nullptr;      // the container, the Bundle, the Parameters
    bool contained = false;             // `outer` contains it
    std::string_view full_url{};        // of its entry, in a Bundle

    // What %rootResource is: the container of a contained resource, else the resource itself.
    const Holder& container() const { return contained && outer ? *outer : *this; }
};

// An element on the way from the root to where the walk is.
struct Frame {
    View node{};
    schema::TypeId type = schema::no_type;
    const schema::Element* row = nullptr;   // null for the root
    std::string_view name{};                // as it stands in `where`
    std::int64_t index = -1;                // -1 when the element does not repeat
    const Frame* up = nullptr;
    const Holder* holder = nullptr;
    std::size_t first = 0, last = 0;        // its nodes: active_[first .. last)
};

class Walk {
public:
    Walk(const Validator::Parts& parts, const Question& question);
    Walk(const Walk&) = delete;
    ~Walk();

    void run(View root, base::Findings& findings);

    // For FHIRPath (services.h).
    struct Target {
        enum class Kind : std::uint8_t { none, contained, bundled, outside };
        Kind kind = Kind::none;
        View resource{};
        schema::TypeId type = schema::no_type;  // also when only the text says so
        const Holder* holder = nullptr;
        bool ambiguous = false;                 // several entries of the Bundle fit
    };
    Target resolve(std::string_view reference, const Holder& from);
    const Holder& enter(View root);             // a holder for a resource that stands alone
    void stand_at(View root) { holder_ = &enter(root); }
    bool conforms(View node, schema::TypeId type, const schema::Element* row, const profile::Profile& profile, const Holder& holder);
    std::optional<bool> in_slice(View node, schema::TypeId type, const profile::Profile& profile, std::string_view slice, const Holder& holder);
    std::optional<bool> member_of(View node, schema::TypeId type, std::string_view text, std::string_view value_set) const;
    const Validator::Parts& parts() const { return parts_; }
    const Holder* holder() const { return holder_; }
    const Holder* holder_of(View node);         // the innermost resource of the walk that has this element; null when none has it
    const Frame* frame() const { return frame_; }
    base::Micros now() const { return question_.now; }

private:
    using Node = profile::Node;
    using Profile = profile::Profile;
    using Severity = base::Severity;
    using IssueType = base::IssueType;

    struct Kid {
        View node;
        const schema::Element* row;
        std::int64_t index;
    };
    struct Extra {  // the slice that a child was found to be in
        Document::Index child;
        const Node* node;
    };
    struct Valued {  // what a discriminator's path leads to
        View node;
        schema::TypeId type = schema::no_type;
        const Holder* holder = nullptr;
    };

    // walk.cpp
    void resource(Frame& frame, const Holder& holder, bool top);
    void profiles_of(const Frame& frame, bool top);
    void declared(const Frame& frame, std::string_view canonical);
    void visit(Frame& frame);
    void element(const Frame& frame);
    void children(const Frame& frame);
    void child(const Frame& parent, const Kid& kid, std::size_t extras_from);
    void type_profiles(const Frame& frame, std::size_t until);
    void add(const Node& node, std::size_t from);
    void types(const Frame& frame, const Node& node);
    void rules(const Frame& frame);
    bool allows(const Node& node, schema::TypeId type) const;

    // slices.cpp
    void counts(const Frame& frame, const Node& node, std::size_t kids_from, std::size_t kids_to);
    void count(const Frame& frame, const Node& node, std::uint32_t number);
    void slice(const Frame& frame, const Node& slicer, const std::vector<std::size_t>& group);
    bool is_in(const Frame& frame, const Kid& kid, const Node& slicer, const Node& slice, std::size_t position);
    std::optional<bool> fits(const profile::Discriminator& by, const Node& slice, const Valued& value, std::size_t position, std::size_t place);
    void definitions(const Node& from, const profile::Discriminator::Step& step, std::vector<const Node*>& out);
    void instances(const Valued& from, const profile::Discriminator::Step& step, std::vector<Valued>& out);
    std::optional<bool> prescribed(const Node& node, const std::vector<Valued>& values, int depth);
    Frame child_frame(const Frame& parent, const Kid& kid) const;

    // values.cpp
    void values(const Frame& frame, const Node& node);
    void narrative(const Frame& frame, const Node& node);
    void range(const Frame& frame, const Node& node, View bound, bool least);

    // coded.cpp
    void bindings(const Frame& frame);
    void bound(const Frame& frame, const Node& node, const profile::Binding& binding);
    Answer in_set(const CodedValue& value, std::string_view value_set, std::string_view package, std::string* why) const;

    // references.cpp
    void reference(const Frame& frame);
    void target(const Frame& frame, const Node& node, const profile::TypeUse& use, const Target& found);
    const Holder& hold(Holder holder);        // lives as long as the walk
    void canonical(const Frame& frame);
    void own(View node, const Holder& holder);
    struct Entries;
    const Entries& entries_of(const Holder& bundle);

    // extensions.cpp
    void extension(const Frame& frame);
    bool context_fits(const Frame& frame, const Profile& definition);

    // invariants.cpp
    void invariants(const Frame& frame);
    path::Environment environment(const Frame& frame);
    void give_up(const Frame& frame);
    std::optional<bool> holds(const path::Program& program, const Frame& frame, const path::Environment& environment, std::string* fault);
    bool gives(const path::Program& program, const Frame& frame, View wanted);  // that element, or true

    // Reporting. While it only looks whether something conforms, an error is noted and the walk ends soon.
    bool stopped() const { return gave_up_ || (quiet_ > 0 ? failed_ : findings_ && findings_->size() > limit_); }
    void report(Severity severity, IssueType type, const Frame& frame, std::string text);
    void report_at(Severity severity, IssueType type, std::string where, std::string text);
    static std::string where(const Frame& frame);
    static std::string where(const Frame& frame, std::string_view below);
    static std::string named(const Node& node);  // "profile http://... (slice x)" for messages
    template <class Function>
    bool quietly(Function function);             // true: no error; `why_` tells the first one

    const schema::Schema& schema() const { return parts_.services.schema; }

    const Validator::Parts& parts_;
    const Question& question_;
    base::Findings* findings_ = nullptr;
    std::size_t limit_ = 0;
    int quiet_ = 0;
    bool failed_ = false;
    bool gave_up_ = false;
    std::size_t steps_left_ = 20'000'000;  // of FHIRPath, for all rules together: some seconds
    std::string why_;
    int depth_ = 0;

    std::vector<const Node*> active_;     // of all open elements, one behind the other
    std::vector<Kid> kids_;
    std::vector<Extra> extras_;
    std::vector<const path::Program*> seen_;
    const Holder* holder_ = nullptr;
    const Frame* frame_ = nullptr;

    struct Running {
        View node;
        const Profile* profile;
    };
    std::vector<Running> running_;        // conformance questions that are open: a circle of references is no error
    struct Known {
        bool conforms;
        std::string why;
    };
    struct Key {
        const void* document;
        Document::Index index;
        const void* profile;
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const {
            return (reinterpret_cast<std::size_t>(key.document) >> 4) * 31 + key.index * 2654435761U + (reinterpret_cast<std::size_t>(key.profile) >> 4) * 17;
        }
    };
    std::unordered_map<Key, Known, KeyHash> answers_;
    std::deque<Holder> holders_;
    const Document* owned_ = nullptr;     // the document that owners_ is about
    std::vector<const Holder*> owners_;   // by index of the element; made when it is first needed
    std::vector<std::shared_ptr<const Document>> fetched_;
    std::unordered_map<std::string, Target> outside_;
    std::vector<std::unique_ptr<Entries>> entries_;
    std::unique_ptr<path::Services> services_;
    path::Arena arena_;
};

template <class Function>
bool Walk::quietly(Function function) {
    const bool failed_before = std::exchange(failed_, false);
    std::string why_before = std::exchange(why_, {});
    ++quiet_;
    function();
    --quiet_;
    const bool good = !failed_;
    failed_ = failed_before;
    if (good) why_ = std::move(why_before);
    return good;
}

}  // namespace fhir::validate
