# Two machines and a cable between them, in network namespaces of their own: this one is 192.0.2.1 and
# 2001:db8::1, the other, which runs nginx, 192.0.2.2, 192.0.2.3 and 2001:db8::2. Another client speaks
# with 192.0.2.2 all the time; nobody has spoken with the two others yet.
#
#   two_machines.sh FOLDER COMMAND...      nginx.conf is in FOLDER; COMMAND runs on this machine
set -eu
folder=$1
shift
mkfifo "$folder/made" "$folder/placed"
ip link set lo up
unshare -n sh -c '
    echo made >"$0/made"
    read -r placed <"$0/placed"
    ip link set lo up
    ip addr add 192.0.2.2/24 dev v1
    ip addr add 192.0.2.3/24 dev v1
    ip addr add 2001:db8::2/64 dev v1 nodad
    ip link set v1 up
    exec nginx -e "$0/nginx.log" -c "$0/nginx.conf" -p "$0"' "$folder" &
server=$!
read -r made <"$folder/made"
ip link add v0 type veth peer name v1 netns "$server"
ip addr add 192.0.2.1/24 dev v0
ip addr add 2001:db8::1/64 dev v0 nodad
ip link set v0 up
echo placed >"$folder/placed"
until curl -s -m 5 -o /dev/null http://192.0.2.2/; do
    kill -0 "$server"
done
sh -c 'while :; do curl -s -m 5 -o /dev/null http://192.0.2.2/other-client; done' &
other=$!
status=0
"$@" || status=$?
kill "$other" "$server"
exit "$status"
