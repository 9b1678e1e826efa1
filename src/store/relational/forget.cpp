// SPDX-License-Identifier: Apache-2.0
// Taking history away. The row of a version goes, its position is noted in `forgotten`, the ledger stays as it is. What the
// row held is overwritten in the file: the writer's connection works with secure_delete (engine.cpp).
#include "store/forget.h"

#include "store/relational/transaction.h"

namespace store::relational {

base::Result<std::int64_t> Working::forget(const std::string& type_name, const std::string& id,
                                           const std::vector<std::int64_t>& versions) {
    TRY(const std::int64_t type, desk_.session.types.find(connection(), type_name));
    if (type == 0) return std::int64_t{0};
    std::int64_t rid = 0;
    std::int64_t current = 0;
    {
        TRY(auto select, connection().prepare("select rid, version from resource where type = ? and id = ?"));
        TRY(const bool row, select.bind(type).bind(std::string_view(id)).step());
        if (!row) return std::int64_t{0};
        rid = select.integer(0);
        current = select.integer(1);
    }
    std::int64_t gone = 0;
    for (const std::int64_t version : versions) {
        if (version == current) return current_stays();
        Position position = 0;
        {
            TRY(auto select, connection().prepare("select position from history where rid = ? and version = ?"));
            TRY(const bool row, select.bind(rid).bind(version).step());
            if (!row) continue;
            position = select.integer(0);
        }
        TRY(auto remove, connection().prepare("delete from history where position = ?"));
        TRY(remove.bind(position).run());
        TRY(auto note, connection().prepare("insert into forgotten (position, rid) values (?, ?)"));
        TRY(note.bind(position).bind(rid).run());
        ++gone;
    }
    return gone;
}

}  // namespace store::relational
