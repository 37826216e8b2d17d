// An agent that is broken: the board and the inbox say so.
console.log('Connecting to the mirror …')
console.error('connect ECONNREFUSED 203.0.113.7:873: the mirror does not listen')
process.exit(2)
