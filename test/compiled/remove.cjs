module.exports = require('./compile.cjs').remove;
